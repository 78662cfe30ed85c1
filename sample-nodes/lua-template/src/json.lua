-- JSON to Lua values and back. Integers keep 64 bits; objects are tables marked with `json.object`; null is `json.null`.

local json = { object = {}, null = setmetatable({}, { __tostring = function() return "" end }) }

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function fail(text, at, what)
  error(("not JSON at byte %d: %s"):format(at, what), 0)
end

local function skip(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

local function read_string(text, at)
  local parts = {}
  at = at + 1
  while true do
    local stop = text:find('["\\]', at) or fail(text, at, "the string does not end")
    parts[#parts + 1] = text:sub(at, stop - 1)
    if text:sub(stop, stop) == '"' then return table.concat(parts), stop + 1 end
    local letter = text:sub(stop + 1, stop + 1)
    at = stop + 2
    if letter == "u" then
      local code = tonumber(text:match("^%x%x%x%x", at), 16)
      local low = text:match("^\\u([dD][c-fC-F]%x%x)", at + 4)
      at = at + 4
      if code >= 0xd800 and code < 0xdc00 and low then
        code, at = 0x10000 + (code - 0xd800 << 10) + (tonumber(low, 16) - 0xdc00), at + 6
      elseif code >= 0xd800 and code < 0xe000 then
        code = 0xfffd -- half of a pair has no text of its own
      end
      parts[#parts + 1] = utf8.char(code)
    else
      parts[#parts + 1] = ESCAPES[letter] or letter
    end
  end
end

local read

local function read_list(text, at)
  local list = {}
  at = skip(text, at + 1)
  if text:sub(at, at) == "]" then return list, at + 1 end
  while true do
    list[#list + 1], at = read(text, at)
    at = skip(text, at)
    local mark = text:sub(at, at)
    if mark == "]" then return list, at + 1 end
    if mark ~= "," then fail(text, at, "wanted , or ]") end
    at = at + 1
  end
end

local function read_object(text, at)
  local object = setmetatable({}, json.object)
  at = skip(text, at + 1)
  if text:sub(at, at) == "}" then return object, at + 1 end
  while true do
    at = skip(text, at)
    local name
    name, at = read_string(text, at)
    at = skip(text, at)
    object[name], at = read(text, at + 1)
    at = skip(text, at)
    local mark = text:sub(at, at)
    if mark == "}" then return object, at + 1 end
    if mark ~= "," then fail(text, at, "wanted , or }") end
    at = at + 1
  end
end

function read(text, at)
  at = skip(text, at)
  local first = text:sub(at, at)
  if first == '"' then return read_string(text, at) end
  if first == "{" then return read_object(text, at) end
  if first == "[" then return read_list(text, at) end
  if text:find("^true", at) then return true, at + 4 end
  if text:find("^false", at) then return false, at + 5 end
  if text:find("^null", at) then return json.null, at + 4 end
  local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  if not number then fail(text, at, "wanted a value") end
  return tonumber(number), at + #number
end

function json.decode(text)
  return (read(text, 1))
end

local function quote(text)
  text = text:gsub('[%c"\\]', function(char)
    return (char == '"' or char == "\\") and "\\" .. char or ("\\u%04x"):format(char:byte())
  end)
  return '"' .. text .. '"'
end

local function encode_number(number)
  if math.type(number) == "integer" then return ("%d"):format(number) end
  if number ~= number or number == math.huge or number == -math.huge then return "null" end
  local text = ("%.15g"):format(number)
  if tonumber(text) ~= number then text = ("%.17g"):format(number) end
  return text:find("[.e]") and text or text .. ".0"
end

-- A table is an object where it is marked so or has names; else a list.
function json.encode(value)
  local kind = type(value)
  if kind == "string" then return quote(value) end
  if kind == "number" then return encode_number(value) end
  if kind == "boolean" then return tostring(value) end
  if value == nil or value == json.null then return "null" end
  if kind ~= "table" then error("a " .. kind .. " has no JSON", 0) end
  local parts = {}
  if getmetatable(value) == json.object or (next(value) ~= nil and #value == 0) then
    for name, member in pairs(value) do parts[#parts + 1] = quote(tostring(name)) .. ":" .. json.encode(member) end
    table.sort(parts)
    return "{" .. table.concat(parts, ",") .. "}"
  end
  for at, item in ipairs(value) do parts[at] = json.encode(item) end
  return "[" .. table.concat(parts, ",") .. "]"
end

return json
