package registry
import ("testing";"strings";"time";"fmt")
func TestZZ(t *testing.T){
 for _, x := range [][2]string{{": \"|-\n  ","[\t"},{": \"x\n  ","x"},{": \"x\n","x\t"},{"a: \"x\n  ","\tx"},{"\"","\tx"},{"\"","a\t"},{"'","a\t"},{"a: ","a\t"},{"\"","[\t"},{"\"x\n  ","[ "},{"\"x\n  ","[ x"},{"\"x\n ","\n"}, {"\"x\n ","x  "},{"'x\n ","x  "}} {
  for _, size := range []int{32<<10, 64<<10} {
  st := time.Now(); _, err := readFile(strings.NewReader(x[0]+strings.Repeat(x[1], size/len(x[1]))), testEnvironment.lookup); fmt.Printf("%q %d %v %.60v\n", x, size, time.Since(st), err)
 }}
}
