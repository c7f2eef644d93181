"""Accounts as small Flask applications have them: pages, session cookie,
MongoDB documents {username, password}. What t/build/test_moving_in.py moves
from."""

import threading

import werkzeug.serving
from flask import (Flask, flash, get_flashed_messages, redirect, request,
                   session)
from werkzeug.security import check_password_hash, generate_password_hash

FORM = ('<form method="post"><input name="username">'
        '<input name="password"></form>')


def make_app(users, method="scrypt"):
    """`users` is PyMongo's collection, `method` Werkzeug's name of the hash
    for new passwords."""
    app = Flask(__name__)
    app.secret_key = "of a test"

    def page(text):
        return " ".join([*get_flashed_messages(), text])

    @app.get("/")
    def home():
        return page("Welcome")

    @app.route("/register", methods=["GET", "POST"])
    def register():
        if request.method == "GET":
            return page(FORM)
        name = request.form["username"]
        if users.find_one({"username": name}):
            flash("Username already exists. Please choose a different one.")
            return redirect("/register")
        users.insert_one({
            "username": name,
            "password": generate_password_hash(request.form["password"],
                                               method=method)})
        flash("Registration successful. Please log in.")
        return redirect("/login")

    @app.route("/login", methods=["GET", "POST"])
    def login():
        if request.method == "GET":
            return page(FORM)
        user = users.find_one({"username": request.form["username"]})
        if user and check_password_hash(user["password"],
                                        request.form["password"]):
            session["username"] = user["username"]
            return redirect("/dashboard")
        flash("Invalid username or password. Please try again.")
        return redirect("/login")

    @app.get("/dashboard")
    def dashboard():
        if "username" not in session:
            return redirect("/login")
        return page(f"Hello, {session['username']}")

    @app.get("/logout")
    def logout():
        session.pop("username", None)
        return redirect("/")

    return app


class Serving:
    """A WSGI application on a free port of 127.0.0.1, while a test lasts."""

    def __init__(self, app):
        self._server = werkzeug.serving.make_server("127.0.0.1", 0, app,
                                                    threaded=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever,
                                        kwargs={"poll_interval": 0.05})
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
