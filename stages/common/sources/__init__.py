"""How raw files are fetched; only download uses it.

web        files from a web server
directory  files from a directory of this machine
debian     files from a Debian package
stream     a file's bytes as they arrive, and their decompression
"""
