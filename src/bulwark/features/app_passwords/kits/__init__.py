"""Help for setting up a device with a new app password: server table, profile for Apple devices, snippets."""
