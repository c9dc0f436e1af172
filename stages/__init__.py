"""The stages of the pipeline, each run as `sh stages/run.sh NAME` in the repository's root."""
