"""Names that omamori uses at the API server."""

from __future__ import annotations

# field manager of the controller, and label of the objects that it creates
FIELD_MANAGER = "omamori-controller"
