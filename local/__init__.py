"""The services of DynoScaler on the loopback: a local AWS, stand-ins for Heroku and Elasticsearch, a Lambda Runtime API.

Must not know: how DynoScaler decides. It offers protocols, and tests observe it through them.
"""
