"""Images that arrive packed or through a browser: unpacked safely into the workspace, whole or not at all."""
