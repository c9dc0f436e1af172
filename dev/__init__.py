"""What only those who work on the project run.

setup        `make setup`, `make lock`, `make audit`
benchmark    `make benchmark`: this project beside its peers
transcripts  `make transcripts`: what the commands of the docs print
comment      puts a report on its pull request
animation    docs/playground.webp, the animation of README
"""
