"""A world on the loopback for DynoScaler: local AWS, stand-ins for Heroku and Elasticsearch, a Lambda Runtime API.

Must not know: how DynoScaler decides. It offers protocols and is watched through them.
"""
