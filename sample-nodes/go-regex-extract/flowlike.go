package main

// The core-module contract: what the host provides, how texts travel, and what every node exports.

import (
	"bytes"
	"encoding/json"
	"unsafe"
)

//go:wasmimport flowlike_log debug
func logDebug(text string)

//go:wasmimport flowlike_log info
func logInfo(text string)

//go:wasmimport flowlike_log warn
func logWarn(text string)

//go:wasmimport flowlike_log error
func logError(text string)

//go:wasmimport flowlike_stream text
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

// Memory that the host holds by its address, which the collector cannot see.
var (
	given  = map[uint32][]byte{}
	result []byte
)

//go:wasmexport alloc
func alloc(size uint32) uint32 {
	memory := make([]byte, max(size, 1))
	address := uint32(uintptr(unsafe.Pointer(&memory[0])))
	given[address] = memory
	return address
}

//go:wasmexport dealloc
func dealloc(address, _ uint32) { delete(given, address) }

//go:wasmexport get_abi_version
func getAbiVersion() uint32 { return 1 }

// pack keeps a JSON text alive and returns its address in the upper half, its length in the lower.
func pack(value any) uint64 {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	result = text.Bytes()
	return uint64(uintptr(unsafe.Pointer(&result[0])))<<32 | uint64(len(result))
}
