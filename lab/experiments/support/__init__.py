"""Code that experiments share: the workbench, findings, traffic, clients, servers, images, packages."""
