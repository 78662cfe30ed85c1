-- Fills a template with values.

local function pin(direction, name, label, data_type, more)
  local defined = { name = name, friendly_name = label, description = "", pin_type = direction, data_type = data_type }
  for key, value in pairs(more or {}) do defined[key] = value end
  return defined
end

local DEFINITION = {
  name = "fill_template",
  friendly_name = "Fill Template",
  description = "Puts values and Lua expressions into a text",
  category = "Text/Template",
  abi_version = 1,
  permissions = { "streaming" },
  pins = {
    pin("Input", "exec", "Run", "Exec"),
    pin("Input", "template", "Template", "String", {
      description = "{{ expression }} is replaced, {% statements %} are run",
      default_value = "Hello {{ name }}, {% for i = 1, 3 do %}{{ i * i }} {% end %}",
    }),
    pin("Input", "values", "Values", "Generic", {
      value_type = "HashMap",
      description = "By the names that the template uses",
      default_value = setmetatable({ name = "world" }, json.object),
    }),
    pin("Input", "missing", "Missing names", "String", {
      valid_values = { "error", "empty" },
      description = "What a name without a value comes to",
      default_value = "error",
    }),
    pin("Input", "protected", "Protected", "Bool", {
      description = "Off: an error in the template stops the node, as an uncaught error does",
      default_value = true,
    }),
    pin("Output", "exec_out", "Done", "Exec"),
    pin("Output", "text", "Text", "String"),
    pin("Output", "last", "Last value", "Generic", { description = "What the last expression came to" }),
    pin("Output", "names", "Names", "String", { value_type = "HashSet", description = "Values that were used" }),
  },
}

local LIBRARY = {
  string = string, table = table, math = math, utf8 = utf8,
  ipairs = ipairs, pairs = pairs, select = select, tostring = tostring, tonumber = tonumber, type = type,
  error = error, assert = assert, pcall = pcall, print = host.info,
}

local function fill(inputs, streamed)
  local values = inputs.values or { name = "world" }
  local found, list, last = {}, {}, nil

  local function names(_, name)
    if values[name] == nil then
      if LIBRARY[name] ~= nil then return LIBRARY[name] end
      if inputs.missing ~= "empty" then error(("nothing is called '%s'"):format(name), 2) end
      host.warn(("nothing is called '%s'"):format(name))
    elseif not found[name] then
      found[name] = true
      list[#list + 1] = name
    end
    return values[name]
  end

  local source = inputs.template or DEFINITION.pins[2].default_value
  local text = template.render(source, names, function(value) last = value end)
  if streamed then host.stream(text) end
  host.info(("%d characters, %d names"):format(utf8.len(text) or #text, #list))
  return { outputs = { text = text, last = last, names = list }, activate_exec = { "exec_out" } }
end

local node = {}

function node.get_node() return json.encode(DEFINITION) end

function node.get_nodes() return json.encode({ DEFINITION }) end

function node.run(document)
  local call = json.decode(document)
  host.debug(("Lua %s, %d KiB in use"):format(_VERSION:match("%d.*"), collectgarbage("count") // 1))
  if call.inputs.protected == false then return json.encode(fill(call.inputs, call.stream_state)) end
  local done, result = pcall(function() return json.encode(fill(call.inputs, call.stream_state)) end)
  if done then return result end
  host.error(result)
  return json.encode({ outputs = setmetatable({}, json.object), error = tostring(result), activate_exec = {} })
end

return node
