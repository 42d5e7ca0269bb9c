"""Objects that live at a vendor and are owned here: responses, files, batches, caches, containers.

Two callers share a vendor's credential, so the vendor itself cannot tell their objects apart.
"""
