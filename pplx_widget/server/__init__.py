"""The offline side: a loopback server that speaks the service's API, and the samples that it plays."""
