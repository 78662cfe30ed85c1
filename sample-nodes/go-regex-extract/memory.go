package main

// Memory for what the host gives, texts that it passes to run and texts that its functions answer with, and for the
// adapter that carries WASI.
//
// While the host asks for memory, a component must not call it. Go's allocator would: it asks for the time, and may let
// another goroutine run. So this memory lies beside Go's heap, and handing it out is plain work on a list. It comes from
// the runtime's sbrk, as Go's heap does, since Go takes all that lies behind its heap to be its own; to name sbrk, link
// with -checklinkname=0.

import "unsafe"

//go:linkname sbrk runtime.sbrk
func sbrk(size uintptr) unsafe.Pointer

//go:linkname abort runtime.abort
func abort()

// block is what lies before the memory that is handed out. Addresses are no pointers to the collector here.
type block struct {
	size uintptr // with this header
	next uintptr // the address of the next free block, or 0
}

const (
	header = unsafe.Sizeof(block{})
	page   = 1 << 16
)

// free begins the list of free blocks, in the order of their addresses; no two of them touch.
var free block

//go:nosplit
func blockAt(address uintptr) *block { return (*block)(unsafe.Add(nil, address)) }

//go:nosplit
func allocate(size uintptr) unsafe.Pointer {
	size = (size + header + 15) &^ 15
	for {
		for before := &free; before.next != 0; before = blockAt(before.next) {
			address := before.next
			found := blockAt(address)
			if found.size < size {
				continue
			}
			if rest := found.size - size; rest >= 2*header {
				found.size = rest
				address += rest
				blockAt(address).size = size
			} else {
				before.next = found.next
			}
			return unsafe.Add(nil, address+header)
		}
		more := (size + page - 1) &^ (page - 1)
		grown := sbrk(more)
		if grown == nil {
			abort()
		}
		(*block)(grown).size = more
		insert(uintptr(grown))
	}
}

//go:nosplit
func insert(address uintptr) {
	before := &free
	for before.next != 0 && before.next < address {
		before = blockAt(before.next)
	}
	blockAt(address).next = before.next
	before.next = address
	join(address)
	if before != &free {
		join(uintptr(unsafe.Pointer(before)))
	}
}

// join makes one block of two that touch.
//
//go:nosplit
func join(address uintptr) {
	this := blockAt(address)
	if address+this.size == this.next {
		next := blockAt(this.next)
		this.size += next.size
		this.next = next.next
	}
}

// release takes back what the host was given for a text.
//
//go:nosplit
func release(data *byte, length uint32) {
	if length > 0 {
		insert(uintptr(unsafe.Pointer(data)) - header)
	}
}

//go:wasmexport cabi_realloc
//go:nosplit
func reallocate(old *byte, oldLength, align, length uint32) *byte {
	if length == 0 {
		return (*byte)(unsafe.Add(nil, align))
	}
	data := (*byte)(allocate(uintptr(length)))
	copy(unsafe.Slice(data, length), unsafe.Slice(old, oldLength))
	release(old, oldLength)
	return data
}
