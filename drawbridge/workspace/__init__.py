"""The workspace's pages: what the build of `web/` left in the folder `built`, and how browsers get it."""

from drawbridge.workspace.built import BUILT, Built
from drawbridge.workspace.serving import Workspace

__all__ = ["BUILT", "Built", "Workspace"]
