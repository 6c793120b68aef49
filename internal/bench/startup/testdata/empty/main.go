// An empty program: what Go itself costs.
package main

func main() {}
