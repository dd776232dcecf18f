"""The programs we compare with: sharp under Node.js, and pyvips, thumbor and Pillow under Python."""
