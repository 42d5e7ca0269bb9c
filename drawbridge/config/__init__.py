"""The installation as a file: `drawbridge.yaml`, its plan, apply and export, and secrets at rest."""
