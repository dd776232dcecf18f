"""What everything else shares: settings, errors, the table of formats, deadlines, and how modules are imported."""
