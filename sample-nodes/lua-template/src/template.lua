-- Templates: {{ expression }} is replaced by its value, {% statements %} are run.

local template = {}

local CLOSE = { ["{{"] = "}}", ["{%"] = "%}" }

-- The Lua source of a template. Line breaks stay where they are, so that Lua's messages name the template's lines.
local function translate(source)
  local parts, at = { "local __text, __value = ...;" }, 1
  while true do
    local start = source:find("{[{%%]", at)
    if not start then
      parts[#parts + 1] = ("__text(%q)"):format(source:sub(at))
      return table.concat(parts, " ")
    end
    local mark = source:sub(start, start + 1)
    local stop = source:find(CLOSE[mark], start + 2, true)
    if not stop then
      local _, breaks = source:sub(1, start):gsub("\n", "")
      error(("template:%d: %s is not closed; add %s"):format(breaks + 1, mark, CLOSE[mark]), 0)
    end
    parts[#parts + 1] = ("__text(%q)"):format(source:sub(at, start - 1))
    local code = source:sub(start + 2, stop - 1)
    parts[#parts + 1] = mark == "{{" and "__value(" .. code .. ")" or code
    at = stop + 2
  end
end

-- Renders a template. `names` gives its globals; `used` is told what each expression came to.
function template.render(source, names, used)
  local parts = {}
  local function text(piece) parts[#parts + 1] = piece end
  local function value(result)
    used(result)
    text(result == nil and "" or tostring(result))
  end
  local chunk, problem = load(translate(source), "=template", "t", setmetatable({}, { __index = names }))
  if not chunk then error(problem, 0) end
  chunk(text, value)
  return table.concat(parts)
end

return template
