/* The program that does nothing, for which nothing is charged. */
int
main(void)
{
	return 0;
}
