"""The lab: many containers on this machine, each AWS's own runtime client in a real process."""
