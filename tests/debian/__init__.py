"""Programs of Debian sid for tests, unpacked into `.cache/` with the libraries of their own release.

Nothing is installed on the machine. Of its own software, only apt is used, with its mirror and keys.
"""

from tests.debian.apt import PackagesUnavailableError
from tests.debian.programs import clean_environment, installed, loaded_by_its_own, unpack

__all__ = ["PackagesUnavailableError", "clean_environment", "installed", "loaded_by_its_own", "unpack"]
