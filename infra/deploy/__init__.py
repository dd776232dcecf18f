"""What a deployment needs beside the package and Zappa: the stack of the stage, and what Zappa leaves out."""
