module pollux

go 1.19
