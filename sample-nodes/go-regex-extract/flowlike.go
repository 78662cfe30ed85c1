package main

// The contract of components by its canonical names: what the host provides, how texts travel, and what every node
// exports. Pointers and texts of Go are what the canonical ABI wants; what the host gives lies in memory.go's blocks.

import (
	"bytes"
	"encoding/json"
	"structs"
	"unsafe"
)

//go:wasmimport flow-like:node/logging@0.1.0 log
func hostLog(level uint32, line string)

func logDebug(line string) { hostLog(0, line) }
func logInfo(line string)  { hostLog(1, line) }
func logWarn(line string)  { hostLog(2, line) }
func logError(line string) { hostLog(3, line) }

//go:wasmimport flow-like:node/streaming@0.1.0 text
func streamText(text string)

// Pin is one pin of the definition; fields without a value are left out.
type Pin struct {
	Name         string `json:"name"`
	FriendlyName string `json:"friendly_name"`
	Description  string `json:"description"`
	PinType      string `json:"pin_type"`
	DataType     string `json:"data_type"`
	ValueType    string `json:"value_type,omitempty"`
	DefaultValue any    `json:"default_value,omitempty"`
	Range        []int  `json:"range,omitempty"`
	Schema       string `json:"schema,omitempty"`
}

// Node is what get_node answers.
type Node struct {
	Name         string   `json:"name"`
	FriendlyName string   `json:"friendly_name"`
	Description  string   `json:"description"`
	Category     string   `json:"category"`
	Pins         []Pin    `json:"pins"`
	Permissions  []string `json:"permissions"`
	AbiVersion   int      `json:"abi_version"`
}

// Result is what run answers.
type Result struct {
	Outputs      map[string]any `json:"outputs"`
	Error        *string        `json:"error"`
	ActivateExec []string       `json:"activate_exec"`
}

func failed(reason string) Result {
	logError(reason)
	return Result{Outputs: map[string]any{}, Error: &reason, ActivateExec: []string{}}
}

// answer is where the host finds a text. The text stays alive until the next one.
type answer struct {
	_      structs.HostLayout
	data   uint32
	length uint32
}

var (
	result   []byte
	answered answer
)

// give is the answer of an export: a value as JSON text.
func give(value any) *answer {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	result = text.Bytes()
	answered.data, answered.length = uint32(uintptr(unsafe.Pointer(&result[0]))), uint32(len(result))
	return &answered
}

//go:wasmexport get-abi-version
func getAbiVersion() uint32 { return 1 }

//go:wasmexport get-node
func getNode() *answer { return give(definition) }

//go:wasmexport get-nodes
func getNodes() *answer { return give([]Node{definition}) }

//go:wasmexport run
func run(input *byte, length uint32) *answer {
	defer release(input, length)
	return give(node(unsafe.Slice(input, length)))
}

// Not called: a node has nothing to do before it is asked, but Go wants one.
func main() {}
