"""How raw files are fetched; only download uses it.

opening    opens a source of the catalogue
web        files from a web server
directory  files from a directory of this machine
debian     files from a Debian package
chunks     a file's bytes as they arrive; decompression
receiving  a minimum rate for slow servers
"""
