"""`python -m ckanext.jambi.launcher`: the command `jambi` without its script."""

from __future__ import annotations

from ckanext.jambi.launcher.cli import main

if __name__ == "__main__":
    main()
