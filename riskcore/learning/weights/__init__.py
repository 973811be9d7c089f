"""Where a timm model's weights come from: a package, the hub, or a local file.

timm takes two seconds to import, so it is imported where it is used.
"""
