"""What experiments share: the workbench and the form of findings, traffic, clients, servers, images, packages."""
