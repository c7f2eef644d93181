#if defined(__SANITIZE_THREAD__)

// The system's libmongoc and libbson are not built with ThreadSanitizer, which
// therefore sees their memory accesses but not the atomic counters that order
// them.
extern "C" const char* __tsan_default_suppressions()
{
    return "race:libmongoc-1.0.so\n"
           "race:libbson-1.0.so\n";
}

#endif
