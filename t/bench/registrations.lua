-- wrk … -- PREFIX PASSWORD: registers PREFIX1, PREFIX2 and so on.

wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"

function init(args)
    prefix, password = args[1], args[2]
    number = 0
end

function request()
    number = number + 1
    return wrk.format("POST", nil, nil, "username=" .. prefix .. number ..
                      "&password=" .. password)
end
