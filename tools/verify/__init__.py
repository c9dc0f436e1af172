"""`make verify`: proves that the committed results are what a rerun gives.

clone     a revision's files in a folder of their own, and the raw data for them
imported  the source data of an imported dataset, from its remote
rerun     every stage run there, with a record of what it used
watch     runs one stage and writes down which params and modules it used
compare   a committed file beside the one that the rerun wrote
verdict   what the differences mean
"""
