#!/usr/bin/env bash
# valgrind.sh: the unit tests under valgrind, for memory that nobody has
# written and for leaks. MONGO_URI names a server for those of MongoDB.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

LEFT_OUT=(
    '*_cut.*'           # a child that is traced, one instruction at a time
    '*_million.*'       # counts time and instructions
    'session_table_cache.a_look_at_those_kept_costs_the_same_in_large_tables'
    # many steps in one thread, at which AddressSanitizer looks
    '*_model.*' 'session_table_damage.*' 'attempt_flood.*' '*.a_million_*'
    'sqlite_io_fault_test.*'
    'pages_escape.*' 'attempt_damage.*' '*.lists_many/*' 'users/hash_shares.*'
    'page_set.allows_*' 'device_tokens.bear_any_garbage'
    'stores/all_passwords_test.are_more_than_one_reply_holds/*'
    'user_id_test.never_comes_twice'
    '*.figures'         # prints how fast it is
    '*.costs_are_capped_before_any_work'    # hashes of the highest cost allowed
    'utf8.agrees_with_the_table_on_every_short_sequence' # millions of them
    # the work of OpenSSL, libcrypt, libsodium: half a minute each
    'dummy_hash_test.each_kind_is_taken_as_often_as_it_is_stored'
    'dummy_hash_test.the_first_thousand_stand_for_all_at_first'
    'login_dummy_test.unknown_names_have_a_kind_that_is_stored'
    'foreign_hash.of_crypt' 'foreign_hash.salts_of_yescrypt_*'
    'blank_hash_test.takes_the_same_work_and_none_to_make'
    'argon2_libraries_test.*_at_all_costs' 'argon2_libraries_test.*_at_the_cap'
    'werkzeug_hash.agrees_with_werkzeug' 'bcrypt_hash.agrees_with_others'
    'foreign_hash.of_werkzeug_without_a_count' 'blank_hash_test.*_are_tried'
    'mongo_down_test.*' 'mongo_failpoint_test.*' 'mongo_majority_test.*' # waits
    # ctemplate remembers a modifier that it does not know, and loses it at exit
    'prepared_pages_of_a_site.escape_the_name_for_each_place'
    # threads that valgrind runs one after another: some wait too long
    '*.serves_threads_side_by_side/sqlite'
    '*.name_goes_to_one_of_fifty_threads/sqlite'
    '*.many_threads_insert_and_remove/sqlite'
)
filter=$(IFS=:; printf -- '-%s' "${LEFT_OUT[*]}")

# What is only possibly lost is SQLite's: it keeps pages by pointers into them.
# The largest take longest and come first.
find "$ROOT/build/release/t/unit" -name '*_tests' -printf '%s %p\0' |
    sort -zrn | cut -zd' ' -f2- | xargs -0 -n 1 -P "${JOBS:-$(nproc)}" sh -c '
        exec valgrind --quiet --error-exitcode=99 --leak-check=full \
            --show-leak-kinds=definite --errors-for-leak-kinds=definite \
            "$1" --gtest_brief=1 --gtest_filter="$0"' "$filter"
