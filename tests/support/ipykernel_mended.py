"""Start ipykernel, with what 7.4 mended also where an older one is tested.

Up to 7.3 a reply goes out on the shell channel's socket itself, behind the back of the stream that
reads it. A request that arrives at that moment is then never read, nor is any later one: in JupyterLab
about one kernel in sixty goes deaf like that, most often before its first cell has run. From 7.4 on
replies go through the stream.
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
