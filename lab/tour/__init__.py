"""The tour: scenes on the live page that show what Lambda does, each with the real lab and real functions."""
