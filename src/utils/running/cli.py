def main(a): print("job", a); import sys; print(sys.executable, sys.path); return 3
