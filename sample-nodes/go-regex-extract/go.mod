module go-regex-extract

go 1.24
