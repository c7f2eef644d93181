"""What people protect files with: this module, and what they use instead."""

import sys

from contestant import Contestant, Unavailable
from flask_contestants import FlaskAlone, FlaskRequest
from nginx_contestants import (Basic, BasicBcrypt, Lua, Module, ModuleOnMongo,
                               Request204)
from oauth2_proxy_contestant import OAuth2Proxy

ALL = (Contestant, Module, Basic, BasicBcrypt, Request204, Lua, FlaskRequest,
       FlaskAlone, OAuth2Proxy)
WITH_LOGIN = (Module, ModuleOnMongo, FlaskAlone, OAuth2Proxy)


class Started:
    """with Started(classes, workers, mongo, figures, measure) as contestants:
    those that can be had; the others are noted as skipped."""

    def __init__(self, kinds, workers, mongo, figures, measure):
        self._running = []
        try:
            for kind in kinds:
                try:
                    self._running.append(kind(workers, mongo))
                except Unavailable as why:
                    figures.skip(measure, "", kind.name, str(why))
                    print(f"skipped: {kind.name}: {why}", file=sys.stderr)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self._running

    def __exit__(self, *_):
        self.close()

    def close(self):
        for contestant in self._running:
            contestant.close()
