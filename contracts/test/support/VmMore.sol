// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @dev Cheat codes beyond those of Vm.sol, for the tests of stakes and faults.
interface VmMore {
    function mockCall(address callee, bytes calldata data, bytes calldata returned) external;
    function clearMockedCalls() external;
    function expectRevert(bytes4 selector) external;
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
}

VmMore constant VMX = VmMore(address(uint160(uint256(keccak256("hevm cheat code")))));
