"""Start ipykernel, and apply a fix of 7.4 to older versions.

Up to 7.3 a reply is sent on the shell channel's socket directly, past the stream that reads the socket.
If a request arrives at that moment, neither it nor any later request is read. In JupyterLab this stops
about one kernel in sixty, most often before its first cell has run. Since 7.4 replies go through the
stream.
"""

from ipykernel.kernelapp import launch_new_instance
from ipykernel.kernelbase import Kernel

try:
    from ipykernel.subshell_manager import SubshellManager
except ImportError:
    pass  # ipykernel 6 has neither subshells nor this channel
else:
    if not hasattr(SubshellManager, "_get_subshell"):  # not 7.4

        def _send_on_shell_channel(self: SubshellManager, msg: list[bytes]) -> None:
            Kernel.instance().shell_stream.send_multipart(msg)

        SubshellManager._send_on_shell_channel = _send_on_shell_channel

launch_new_instance()
