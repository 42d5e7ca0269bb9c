"""The inner door: model calls of the project's own products, made in this process and on the path of all others."""
