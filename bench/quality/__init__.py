"""Whether our images look like those of sharp: SSIM, CIEDE2000, and the part that a smart crop keeps."""
