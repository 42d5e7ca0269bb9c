"""The audit record as it leaves the installation: signed roots, verification, exports, streams."""
