"""`python -m leadline` does what `leadline` does."""

from leadline import main

if __name__ == "__main__":
    main()
