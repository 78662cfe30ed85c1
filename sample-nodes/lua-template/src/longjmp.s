# The exception that carries Lua's errors (longjmp) through WebAssembly; LLVM names it and leaves it to be defined.
	.tagtype	__c_longjmp i32
	.globl	__c_longjmp
__c_longjmp:
