"""`python -m identity.config.running.serving`: the web server of this installation."""

from identity.config.env import chosen
from identity.config.running import web
from identity.config.wsgi import application

if __name__ == "__main__":
    environment = chosen()
    web.serve(
        application,
        host=environment.host,
        port=environment.port,
        workers=environment.web_workers,
        threads=environment.blocking_threads,
    )
