// Nothing but the headers: see CMakeLists.txt.
