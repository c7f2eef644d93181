"""The site that people write instead: Flask, users in MongoDB, passwords by
argon2-cffi at the module's cost, a session in Flask's signed cookie. gunicorn
serves it: flask_template:app, with MONGO_URI and FILES in the environment.

`/check` is for nginx's auth_request, `/files/` is the app that serves the
files itself."""

import os

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerificationError
from flask import (Flask, flash, redirect, render_template, request,
                   send_from_directory, session)
from pymongo import MongoClient

HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1,
                        hash_len=32, salt_len=16, type=Type.ID)

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
users = MongoClient(os.environ["MONGO_URI"],
                    connect=False).get_default_database().users


def page(title, form=False):
    return render_template("page.html", title=title, form=form)


def is_right(stored, password):
    try:
        return HASHER.verify(stored, password)
    except VerificationError:
        return False


@app.route("/register", methods=["GET", "POST"])
def register():
    if request.method == "GET":
        return page("Register", form=True)
    name = request.form["username"]
    if users.find_one({"username": name}):
        flash("Username already exists. Please choose a different one.")
        return redirect("/register", 303)
    users.insert_one({"username": name,
                      "password": HASHER.hash(request.form["password"])})
    return redirect("/login", 303)


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return page("Log in", form=True)
    user = users.find_one({"username": request.form["username"]})
    if not user or not is_right(user["password"], request.form["password"]):
        flash("Invalid username or password. Please try again.")
        return redirect("/login", 303)
    session["username"] = user["username"]
    return redirect("/dashboard", 303)


@app.get("/dashboard")
def dashboard():
    if "username" not in session:
        return redirect("/login")
    return page("Dashboard")


@app.get("/check")
def check():
    return "", 204 if "username" in session else 401


@app.get("/files/<name>")
def files(name):
    if "username" not in session:
        return redirect("/login")
    return send_from_directory(os.environ["FILES"], name)
