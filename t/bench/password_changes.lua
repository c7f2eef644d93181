-- wrk … -- PASSWORD COOKIE…: each thread has one connection and one of the
-- cookies, and changes its user's password from PASSWORD to PASSWORD1, then to
-- PASSWORD2 and so on.

wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"

local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("which", threads)
end

function init(args)
    first, cookie = args[1], args[1 + which]
    number = 0
end

local function password(n)
    return n == 0 and first or first .. n
end

function request()
    wrk.headers["Cookie"] = cookie
    return wrk.format("POST", nil, nil, "current_password=" ..
                      password(number) .. "&new_password=" ..
                      password(number + 1))
end

-- The last cookie of the answer is the new session's.
function response(status, headers)
    if status == 303 then
        cookie = headers["Set-Cookie"]:match("^[^;]+")
        number = number + 1
    end
end
