"""The commands of ``python -m lab``, one file each: ``configure`` adds the options, ``run`` runs the command."""
