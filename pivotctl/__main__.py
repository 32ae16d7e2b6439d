"""`python -m pivotctl`."""

from pivotctl.cli import main

if __name__ == "__main__":
    main()
