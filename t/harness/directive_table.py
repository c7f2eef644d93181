"""The module's table of directives, as a running nginx has it in memory."""

import ctypes
import re
import subprocess
from pathlib import Path

from .nginx_server import read_text

# nginx's src/http/ngx_http_config.h, and the module's own context.
CONTEXTS = {0x02000000: "http", 0x04000000: "server", 0x08000000: "location",
            0x80000000: "limit_except", 0x00100000: "auth_realm"}
FIXED_TYPES = 2  # e_type of an ELF file: ET_EXEC

Word = ctypes.c_size_t


class Text(ctypes.Structure):
    """ngx_str_t"""
    _fields_ = [("length", Word), ("address", Word)]


class Command(ctypes.Structure):
    """ngx_command_t"""
    _fields_ = [("name", Text), ("type", Word), ("set", Word),
                ("conf", Word), ("offset", Word), ("post", Word)]


class Module(ctypes.Structure):
    """The beginning of ngx_module_t."""
    _fields_ = [(name, Word) for name in (
        "ctx_index", "index", "name", "spare0", "spare1", "version",
        "signature", "ctx", "commands")]


def address_of(symbol, file, pid):
    """Where a process has a symbol of a program or library."""
    for table in ("--dynamic", "--defined-only"):
        listed = subprocess.run(["nm", table, file], capture_output=True,
                                text=True, check=False).stdout
        found = re.search(rf"^(\w+) \w {symbol}$", listed, re.M)
        if found:
            break
    assert found, f"{file} has no {symbol}"
    address = int(found.group(1), 16)
    if Path(file).read_bytes()[16] == FIXED_TYPES:
        return address
    first, = re.findall(rf"^(\w+)-\w+ \S+ 00000000 .*{re.escape(file)}$",
                        read_text(Path(f"/proc/{pid}/maps")), re.M)
    return address + int(first, 16)


def directives(server):
    """{name: set of contexts} of the module in a running nginx."""
    file = str(Path(server.module or server.program).resolve())
    found = {}
    with open(f"/proc/{server.pid}/mem", "rb", buffering=0) as memory:
        def read(kind, address):
            memory.seek(address)
            return kind.from_buffer_copy(memory.read(ctypes.sizeof(kind)))

        at = read(Module, address_of("ngx_http_auth_module", file,
                                     server.pid)).commands
        while (command := read(Command, at)).name.length:
            memory.seek(command.name.address)
            name = memory.read(command.name.length).decode()
            found[name] = {context for bit, context in CONTEXTS.items()
                           if command.type & bit}
            at += ctypes.sizeof(Command)
    return found
