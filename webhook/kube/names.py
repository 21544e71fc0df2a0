"""Names under which the API server knows us."""

from __future__ import annotations

# the owner of the fields that the controller applies, and the label on what it makes
FIELD_MANAGER = "omamori-controller"
